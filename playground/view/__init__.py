"""A result as something to look at: displayable pixels, kernels as tables.  No Streamlit here."""
