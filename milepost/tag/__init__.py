"""`milepost tag`: what tags say (the bridge) and what an adapter hears of them (the gateway)."""
