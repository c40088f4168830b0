"""What people look at: the workbench, the assessment page, the pages of the evidence. Made on the server; a page needs no script to be read."""
