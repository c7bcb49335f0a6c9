"""Nothing that points at a person stays anywhere."""
