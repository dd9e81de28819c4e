"""Questions that are asked of plans; the first is what differs between them."""
