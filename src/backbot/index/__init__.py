"""The index: immutable generations and one pointer to the published one."""
