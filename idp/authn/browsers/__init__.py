"""The statements about browsers: sessions, the devices they ran on, and sign-ins half-way through."""
