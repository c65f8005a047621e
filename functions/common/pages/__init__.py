"""Pages of HTML that need nothing else: their templates, styles and escaping."""
