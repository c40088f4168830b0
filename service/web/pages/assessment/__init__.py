"""What is shown of one assessment: values and drawings, made by pure functions."""
