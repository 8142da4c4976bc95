System.Console.WriteLine("dmabuf-sim");
