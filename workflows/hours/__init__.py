"""Hours of service: taken down, verified, disputed, corrected, and the stars that follow from them."""
