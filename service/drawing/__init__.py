"""Drawings as SVG that pages and sheets share: the figures that analyses declare."""
