"""The doors for files: cases, plans and samples in and out. They translate and decide nothing."""
