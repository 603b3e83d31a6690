"""One self-contained HTML page in which a network can be tried, opened and watched as it learns."""

from fastgd.explore.page import explore_page
from fastgd.explore.table import explore_table

__all__ = ["explore_page", "explore_table"]
