"""HTTP: the web application, its layers, its API, its pages and its feeds."""
