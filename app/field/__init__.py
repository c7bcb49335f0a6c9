"""What field partners carry: an offline page that seals, and paper forms. It opens nothing."""
