"""The cloud itself: moto's server, the runtime that moves events and runs code, the patches."""
