"""What is told of one file to whoever sent it. No file is judged here, and no value of a cell is repeated."""
