"""The site of a release: pages that work from a folder without a network, in the contract's languages.

facts.py reads the release. wording.py makes texts; drawing.py and card.py make pictures. columns.py,
series_picture.py, origin_picture.py, origin_bars.py, tile_map.py, revision_picture.py and map_picture.py draw
each kind. region_front.py, member.py, indicator.py, region.py and records.py choose the content of a page, as
parts (part.py). pages.py renders the templates and writes. Every figure comes from the release. The design is
in docs/design.md.
"""

from warehouse.publication.site.pages import WrittenSite, is_free, write, write_current, write_home_site

__all__ = ["WrittenSite", "is_free", "write", "write_current", "write_home_site"]
