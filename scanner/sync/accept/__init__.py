"""From the inbox to what the door believes: verified again, merged, put in force by one rename."""
