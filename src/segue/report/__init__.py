"""Reports for people: templates, one style sheet, plots, Markdown tables and the wording of numbers."""
