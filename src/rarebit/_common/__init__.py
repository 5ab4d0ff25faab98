"""What every room uses: parameter rules, frames, devices, seeds, threads, memory, wording."""
