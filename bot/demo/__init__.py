"""A sample week of a group in Sóc Trăng, authored for this project, and what plays it."""
