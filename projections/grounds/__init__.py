"""What is so about a family, a worker or a site at any instant: the ground on which rules stand."""
