"""What the doctor looks at, a file for each thing: none changes anything, none tells a secret."""
