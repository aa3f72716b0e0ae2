"""Hot loops of judging, one file per loop."""
