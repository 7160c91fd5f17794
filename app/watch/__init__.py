"""What is wrong now, and who is told: whatever may have died, somebody hears of it."""
