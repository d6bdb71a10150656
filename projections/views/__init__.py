"""What people see of subjects: made when somebody asks."""
