"""What every package uses: parameter rules, frames, devices, seeds, threads, memory, wording."""
