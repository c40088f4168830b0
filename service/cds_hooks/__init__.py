"""The only place that knows the shapes of CDS Hooks. No flask here: the doors are in service/web."""
