"""What may stay although a rule reports it: who allows it, why, how narrowly, and until when."""
