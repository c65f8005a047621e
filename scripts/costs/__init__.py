"""What droptrain costs on AWS, with the arithmetic."""
