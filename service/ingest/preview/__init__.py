"""Files as they would be read: a preview of the first rows, a trial of all of them."""
