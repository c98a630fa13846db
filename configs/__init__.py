"""Every setting with its default, and how the programs around Milepost are set up."""
