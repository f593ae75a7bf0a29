# Create these before everything else: deploy/oci/images pushes to them.
resource "oci_artifacts_container_repository" "functions" {
  for_each = toset(["curate", "ingest"])

  compartment_id = var.compartment_id
  display_name   = "${var.prefix}/${each.key}"
  # A tag always means the same image.
  is_immutable  = true
  is_public     = false
  freeform_tags = var.freeform_tags
}

locals {
  registry = "${var.image_registry}/${local.namespace}/${var.prefix}"
  images   = { for name in keys(oci_artifacts_container_repository.functions) : name => "${local.registry}/${name}:${var.image_version}" }
}
