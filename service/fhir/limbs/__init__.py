"""Pressures and indices of the limbs, out of Observations: what was measured, where, on which side, at rest or after exercise."""
