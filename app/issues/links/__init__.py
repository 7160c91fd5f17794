"""Links of stories: looked at over the network, outside any transaction, and remembered."""
