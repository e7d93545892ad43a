"""The site of a release: pages that open from a folder and ask nothing of a net, in the contract's languages.

facts.py reads the release; wording.py, drawing.py, origin_picture.py and map_picture.py say and draw; what a
page shows is in member.py, indicator.py, region.py and records.py; pages.py renders the templates and writes.
No figure is here that the release does not hold.
"""

from warehouse.publication.site.pages import Written, is_free, write, write_current, write_of

__all__ = ["Written", "is_free", "write", "write_current", "write_of"]
