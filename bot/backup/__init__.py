"""`congich backup`, `congich restore`, `congich db move`: a city as one file, and into another database."""
