"""A subject at work and as it is saved: the engine that applies journal records, snapshots, archives."""
