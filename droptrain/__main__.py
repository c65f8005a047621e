"""`python -m droptrain`, for a checkout that isn't installed."""

from droptrain.start import main

if __name__ == "__main__":
    main()
