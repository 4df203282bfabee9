-- Within one transaction, the temporary tables of one load are in the way of the next.
discard temp
