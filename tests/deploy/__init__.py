"""What stands in deploy/ is run: units by systemd, nginx in front of the site, the installer."""
