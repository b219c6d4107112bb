"""One module per log format, each yielding the same records; `formats` tells them apart."""
