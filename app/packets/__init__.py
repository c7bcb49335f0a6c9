"""A relay packet in the forms that an agency can use: page, PDF, table, JSON, calendar.

Pure functions of the signed packet; the site and the desk give out the same bytes. The signed
note itself is what counts: everything here can be compared with it.
"""
