"""Stock clients against a started broker: scenarios, drivers, and what carries them."""
