"""The site of a release: pages that work from a folder without a network, in the contract's languages.

facts.py reads the release. wording.py, drawing.py, origin_picture.py and map_picture.py make texts and
pictures. member.py, indicator.py, region.py and records.py choose the content of a page. pages.py renders the
templates and writes. Every figure comes from the release.
"""

from warehouse.publication.site.pages import WrittenSite, is_free, write, write_current, write_home_site

__all__ = ["WrittenSite", "is_free", "write", "write_current", "write_home_site"]
