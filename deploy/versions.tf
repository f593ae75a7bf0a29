terraform {
  # Validations of variables that look at other variables came with 1.9.
  required_version = ">= 1.9"

  required_providers {
    oci = {
      source = "oracle/oci"
      # What deploy/provider_schema.json was read from is newer; what is used here has been there since 6.
      version = ">= 6.0"
    }
  }
}

# Credentials are those of ~/.oci/config, as for Oracle's command line, or of the OCI_ variables.
provider "oci" {
  region = var.region
}

# Dynamic groups and policies can be written in the tenancy's home region only.
provider "oci" {
  alias  = "home"
  region = var.home_region
}
