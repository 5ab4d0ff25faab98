"""SDA-QEC: rare classes in medical images."""
