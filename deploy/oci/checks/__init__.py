"""The checks that deploy/oci/check runs on the Terraform configuration."""
