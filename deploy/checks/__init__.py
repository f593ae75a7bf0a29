"""What deploy/check holds the Terraform configuration against."""
