# Made before the rest, so that deploy/oci/images has somewhere to push to.
resource "oci_artifacts_container_repository" "functions" {
  for_each = toset(["curate", "ingest"])

  compartment_id = var.compartment_id
  display_name   = "${var.prefix}/${each.key}"
  # A tag says for ever what runs.
  is_immutable  = true
  is_public     = false
  freeform_tags = var.freeform_tags
}

locals {
  registry = "${var.image_registry}/${local.namespace}/${var.prefix}"
  images   = { for name in keys(oci_artifacts_container_repository.functions) : name => "${local.registry}/${name}:${var.image_version}" }
}
