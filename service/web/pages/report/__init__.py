"""The assessment on one sheet of paper, as a PDF: the values and drawings of the page, set by Typst. Loads nothing until the first one is made."""
