"""Who is offered what: audiences, what each goal puts before whom, and what is left out."""
