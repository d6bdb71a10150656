"""The checker: all day it replays subjects from the journal, and compares with what was published."""
