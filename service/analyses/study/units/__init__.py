"""The units of place that a study is made of: cells, street segments, or areas of a layer.

`kinds` declares what there is and imports nothing heavy; `making` builds the units of a study.
"""
