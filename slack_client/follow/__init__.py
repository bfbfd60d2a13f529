"""What becomes of orders, told once: confirmations, fills of resting orders, and what a crash left behind."""
